"""What holds advertising back, held against a labelled sample: `make spam`."""
