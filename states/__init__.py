"""What a case may do: vocabulary, process table, prover, profiles and the picture of it. Standard library only."""
