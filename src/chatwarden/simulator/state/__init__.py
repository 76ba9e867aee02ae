"""The model: pure Python, no HTTP, testable by itself."""
