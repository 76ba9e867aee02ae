"""Where batches and actions rest between the steps."""
