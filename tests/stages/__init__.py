"""Stages that transcripts are played on: one file a channel, real from the phone to the database."""
