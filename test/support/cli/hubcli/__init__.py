"""The program of the runner tests: a console script with a command per behaviour. Standard library only."""
