"""AWS Organizations: the tree, its accounts, trusted access and delegated administrators."""
