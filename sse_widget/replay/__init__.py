"""A recording played again: its clock, and what a network may do to it on the way."""

from .network import PROFILES, Profile
from .player import Player

__all__ = ["PROFILES", "Player", "Profile"]
