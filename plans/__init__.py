"""What is to be done: plan packs as data, and the rules about time and measures. No I/O but reading packs."""
