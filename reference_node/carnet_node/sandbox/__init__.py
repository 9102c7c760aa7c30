"""What stands in for the world outside in tests, demos and a first evening: a chain in a file, scripted decisions."""
