"""A program that writes down how it was called and then does what the test of the moment says. Standard library only."""
