"""Health: whether the deployment works, part by part."""
