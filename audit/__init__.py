"""What has happened: the encrypted, tamper-evident log LTS1, its keys, its proofs and its verification."""
