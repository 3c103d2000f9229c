"""Peers: how others would build it, each in an environment of its own under var/, measured in the same run."""
