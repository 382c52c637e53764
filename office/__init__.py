"""What officials see and hold in their hands: sheets first."""
