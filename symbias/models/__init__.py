"""The vocabulary shared by the rooms: parametrizations and their definitions."""
