"""Servers on loopback that stand in for the platforms the bot talks to."""
