"""What happens when somebody acts: the case, its engine, policies, deadlines, access and the one way to perform."""
