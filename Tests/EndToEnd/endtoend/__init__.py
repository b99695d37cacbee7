"""What the end-to-end tests share: a stand, a client that checks every answer, invented people, tokens, storms."""
