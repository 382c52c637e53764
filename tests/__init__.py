"""Everything that proves the bot; the emulators can also be run by hand."""
