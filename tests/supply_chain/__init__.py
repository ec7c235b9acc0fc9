"""What the project is made from: every package pinned and explained, and CI that can do nothing but read."""
