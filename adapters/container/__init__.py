"""Lotse in containers: the images, the proxy in front, and whether what runs in one is well."""
