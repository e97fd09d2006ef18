"""What the catalogue is called: its phrases, and its titles in every form people give them."""
