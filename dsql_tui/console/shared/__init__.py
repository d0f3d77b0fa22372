"""Modules that every part of the console may use: keys, words, services, preferences."""
