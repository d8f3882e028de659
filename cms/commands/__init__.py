"""The commands of `cms`, a module for each kind. Each is a thin shell around a function that others can call."""
