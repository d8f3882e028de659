"""Floods: one address that sends comments and passwords as fast as it can, in every disguise (`make flood`)."""
