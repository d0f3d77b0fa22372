"""Counters for CloudWatch: transactions, DPU and storage of each cluster per minute."""
