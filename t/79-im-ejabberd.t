#!/usr/bin/python3
"""Instant messages on the whole way, with a private ejabberd: see imwhole.py."""
import sys

sys.path.insert(0, "t")
sys.argv[1:] = ["Ejabberd"]
import imwhole  # noqa: E402,F401
