// Gos Urteil über Nachweise und unterschriebene Texte: judge SCHLUESSEL < Fragen > Urteile
//
// Eine Frage ist eine Zeile JSON, ein Urteil eine Zeile „true“ oder „false“: über Proben in der Form von
// transparency-dev/merkle, oder über {"note": Base64}, unterschrieben mit dem Schlüssel.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	LeafIdx, TreeSize, Size1, Size2 *json.Number
	Root, LeafHash, Root1, Root2    string
	Proof                           []string
	Note                            *string
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "FEHLER:", err)
		os.Exit(2)
	}
}

// hashes gives the decoded hashes, or false where one has not the length of a hash, for which tlog has no form.
func hashes(texts ...string) (found []tlog.Hash, ok bool) {
	for _, text := range texts {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, false
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		found = append(found, hash)
	}
	return found, true
}

// numbers gives what tlog can count; some probes have sizes beyond that.
func numbers(of ...*json.Number) (found []int64, ok bool) {
	for _, number := range of {
		value, err := number.Int64()
		if err != nil {
			return nil, false
		}
		found = append(found, value)
	}
	return found, true
}

func judge(q question, verifiers note.Verifiers) bool {
	if q.Note != nil {
		raw, err := base64.StdEncoding.DecodeString(*q.Note)
		must(err)
		_, err = note.Open(raw, verifiers)
		return err == nil
	}
	proof, whole := hashes(q.Proof...)
	if q.LeafIdx != nil {
		of, counted := numbers(q.LeafIdx, q.TreeSize)
		ends, both := hashes(q.Root, q.LeafHash)
		return whole && counted && both && tlog.CheckRecord(proof, of[1], ends[0], of[0], ends[1]) == nil
	}
	of, counted := numbers(q.Size1, q.Size2)
	roots, both := hashes(q.Root1, q.Root2)
	return whole && counted && both && tlog.CheckTree(proof, of[1], roots[1], of[0], roots[0]) == nil
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var q question
		must(json.Unmarshal(lines.Bytes(), &q))
		fmt.Println(judge(q, note.VerifierList(verifier)))
	}
	must(lines.Err())
}
