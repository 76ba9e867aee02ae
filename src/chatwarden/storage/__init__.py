"""What the product keeps: models, repositories, migrations, sealing."""
