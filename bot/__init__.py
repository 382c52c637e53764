"""What is said: channels, conversations, and the handlers between them and the store."""
