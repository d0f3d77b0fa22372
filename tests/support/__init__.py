"""What several tests use: fakes, sample values, clients and a console without a cluster."""
