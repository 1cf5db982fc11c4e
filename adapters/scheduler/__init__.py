"""What runs by itself: the sweep over deadlines, warnings, the quarantine's end, mail, and the heartbeat of it all."""
