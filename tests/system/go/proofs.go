// Rechnet die Nachweise aller Größen nach, mit golang.org/x/mod/sumdb/tlog: proofs GROESSE < unsere > seine
//
// Der Eintrag n sind vier Bytes, big-endian. Gelesen wird eine Zeile je Nachweis: „r Größe Nummer Hash …“ (ein
// Eintrag stand darin) oder „t Größe ältere Hash …“ (es ist nur gewachsen). Jeder wird geprüft; geschrieben
// werden Gos eigene, in derselben Form, und davor „w Größe Wurzel“.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what ...any) {
	if err != nil {
		fmt.Fprintln(os.Stderr, append([]any{"FEHLER:", err}, what...)...)
		os.Exit(1)
	}
}

type tree struct {
	stored []tlog.Hash
	leaves []tlog.Hash
	roots  []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) (hashes []tlog.Hash, err error) {
	for _, index := range indexes {
		hashes = append(hashes, t.stored[index])
	}
	return hashes, nil
}

func grown(size int64) *tree {
	t := &tree{roots: make([]tlog.Hash, 1)}
	for n := int64(0); n < size; n++ {
		data := binary.BigEndian.AppendUint32(nil, uint32(n))
		hashes, err := tlog.StoredHashes(n, data, t)
		must(err)
		t.stored = append(t.stored, hashes...)
		t.leaves = append(t.leaves, tlog.RecordHash(data))
		root, err := tlog.TreeHash(n+1, t)
		must(err)
		t.roots = append(t.roots, root)
	}
	return t
}

func (t *tree) check(line string) {
	fields := strings.Fields(line)
	size, err := strconv.ParseInt(fields[1], 10, 64)
	must(err)
	n, err := strconv.ParseInt(fields[2], 10, 64)
	must(err)
	var proof []tlog.Hash
	for _, field := range fields[3:] {
		raw, err := hex.DecodeString(field)
		must(err)
		var hash tlog.Hash
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	if fields[0] == "r" {
		must(tlog.CheckRecord(proof, size, t.roots[size], n, t.leaves[n]), line)
	} else {
		must(tlog.CheckTree(proof, size, t.roots[size], n, t.roots[n]), line)
	}
}

func write(out *bufio.Writer, kind string, size, n int64, proof []tlog.Hash) {
	fmt.Fprint(out, kind, " ", size, " ", n)
	for _, hash := range proof {
		fmt.Fprint(out, " ", hex.EncodeToString(hash[:]))
	}
	fmt.Fprintln(out)
}

func main() {
	most, err := strconv.ParseInt(os.Args[1], 10, 64)
	must(err)
	t := grown(most)
	checked := 0
	lines := bufio.NewScanner(os.Stdin)
	for ; lines.Scan(); checked++ {
		t.check(lines.Text())
	}
	must(lines.Err())
	out := bufio.NewWriter(os.Stdout)
	for size := int64(1); size <= most; size++ {
		fmt.Fprintf(out, "w %d %x\n", size, t.roots[size][:])
		for n := int64(0); n < size; n++ {
			record, err := tlog.ProveRecord(size, n, t)
			must(err)
			write(out, "r", size, n, record)
			growth, err := tlog.ProveTree(size, n+1, t)
			must(err)
			write(out, "t", size, n+1, growth)
		}
	}
	must(out.Flush())
	fmt.Fprintln(os.Stderr, checked)
}
