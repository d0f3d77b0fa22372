"""One statement on two sessions side by side: another Region of the pair, or another role."""
