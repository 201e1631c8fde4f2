"""Hand-written simulators; they know a loss and its gradient, never a result under test."""
