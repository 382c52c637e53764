"""What is remembered: tables, queries, migrations and media. No sentence for people, no channel."""
