"""What a case may do: vocabulary, process table, prover, profiles, their picture. Standard library only."""
