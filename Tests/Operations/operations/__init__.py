"""Helpers of the tests of lockerctl: a database of their own, the real binary, a rush in the background."""
