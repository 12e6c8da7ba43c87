"""The fixtures that the contract suites ask for, once per technology; a subclass of both is a whole suite."""
