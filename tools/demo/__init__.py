"""The demo catalogue's data: MovieLens latest-small (2016) and this project's notes on 2,400 of its films."""

from pathlib import Path

DEMO_FOLDER = Path(__file__).parent
