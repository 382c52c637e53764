"""One file a conversation, written in the words of `questions.py`. Pure: no store, no channel, no clock."""
