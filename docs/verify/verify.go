// Prüft Exporte und Nachweise ohne Lotses Code, mit golang.org/x/mod/sumdb/{note,tlog}, auf dem auch Gos eigenes
// Verzeichnis der Prüfsummen steht:
//
//	apt-get install golang-go golang-golang-x-mod-dev
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go SCHLUESSELDATEI ORDNER NACHWEIS.tlog-proof …
//
// Endet mit 0, wenn alles stimmt. Die Bibliothek öffnet den Prüfpunkt, rechnet Baum, Wurzel und jede Kachel nach
// und führt und prüft Nachweise; von hier sind nur die Wege der Dateien und die Zerlegung in Einträge.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const leafSize = 184

func check(condition bool, format string, values ...any) {
	if !condition {
		fmt.Fprintf(os.Stderr, "FEHLER: "+format+"\n", values...)
		os.Exit(1)
	}
}

func read(parts ...string) []byte {
	content, err := os.ReadFile(filepath.Join(parts...))
	check(err == nil, "%v", err)
	return content
}

// opened gives size and root of a checkpoint that the key has signed.
func opened(content []byte, verifier note.Verifier) tlog.Tree {
	signed, err := note.Open(content, note.VerifierList(verifier))
	check(err == nil, "der Prüfpunkt ist nicht unterschrieben: %v", err)
	lines := strings.Split(signed.Text, "\n")
	check(len(lines) >= 4 && lines[0] == verifier.Name(), "der Prüfpunkt ist von einem anderen Protokoll")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err == nil && size >= 0, "Größe im Prüfpunkt")
	root, err := tlog.ParseHash(lines[2])
	check(err == nil, "Wurzel im Prüfpunkt")
	return tlog.Tree{N: size, Hash: root}
}

// tiles reads an export; Go has the height of the tiles in their paths, C2SP has not.
type tiles string

func path(tile tlog.Tile) string { return strings.Replace(tile.Path(), "tile/8/", "tile/", 1) }

func (folder tiles) Height() int                     { return 8 }
func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (folder tiles) ReadTiles(of []tlog.Tile) (content [][]byte, err error) {
	for _, tile := range of {
		content = append(content, read(string(folder), path(tile)))
	}
	return content, nil
}

func verifyExport(folder string, verifier note.Verifier) {
	tree := opened(read(folder, "checkpoint"), verifier)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (hashes []tlog.Hash, err error) {
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for n := int64(0); n < tree.N; {
		width := min(256, tree.N-n)
		name := path(tlog.Tile{H: 8, L: 0, N: n / 256, W: int(width)})
		bundle := read(folder, strings.Replace(name, "tile/0/", "tile/entries/", 1))
		check(int64(len(bundle)) == width*(leafSize+2), "nach Eintrag %d: Bündel mit falscher Länge", n)
		for ; len(bundle) > 0; n, bundle = n+1, bundle[leafSize+2:] {
			check(bundle[0] == 0 && bundle[1] == leafSize, "Eintrag %d", n)
			hashes, err := tlog.StoredHashes(n, bundle[2:leafSize+2], reader)
			check(err == nil, "Eintrag %d: %v", n, err)
			stored = append(stored, hashes...)
		}
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if tree.N == 0 {
		root = sha256.Sum256(nil) // tlog knows no root of nothing, RFC 6962 does
	}
	check(err == nil && root == tree.Hash, "die Wurzel ist nicht die unterschriebene")
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		if int64(tile.W) < min(256, tree.N>>(8*tile.L)-256*tile.N) {
			continue // some versions name every width on the way to the last one
		}
		computed, err := tlog.ReadTileData(tile, reader)
		check(err == nil && bytes.Equal(computed, read(folder, path(tile))), "Kachel %s", path(tile))
	}
	proveFromTiles(folder, tree, reader)
	fmt.Printf("Protokoll unverändert: %d Einträge, Wurzel %v\n", tree.N, tree.Hash)
}

// proveFromTiles lets Go make proofs from the exported tiles alone, across the whole log, and checks them.
func proveFromTiles(folder string, tree tlog.Tree, recomputed tlog.HashReader) {
	exported := tlog.TileHashReader(tree, tiles(folder))
	for n := int64(0); n < tree.N; n += tree.N/50 + 1 {
		leaf, err := recomputed.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		check(err == nil, "Eintrag %d: %v", n, err)
		record, err := tlog.ProveRecord(tree.N, n, exported)
		check(err == nil, "Nachweis des Eintrags %d: %v", n, err)
		check(tlog.CheckRecord(record, tree.N, tree.Hash, n, leaf[0]) == nil, "Nachweis des Eintrags %d", n)
		older, err := tlog.TreeHash(n+1, recomputed)
		check(err == nil, "Baum mit %d Einträgen: %v", n+1, err)
		growth, err := tlog.ProveTree(tree.N, n+1, exported)
		check(err == nil, "Fortsetzung von %d Einträgen: %v", n+1, err)
		check(tlog.CheckTree(growth, tree.N, tree.Hash, n+1, older) == nil, "Fortsetzung von %d Einträgen", n+1)
	}
}

func verifyProof(name string, verifier note.Verifier) {
	head, checkpoint, found := strings.Cut(string(read(name)), "\n\n")
	lines := strings.Split(head, "\n")
	check(found && len(lines) >= 3 && lines[0] == "c2sp.org/tlog-proof@v1", "%s: kein Nachweis mit Eintrag", name)
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err == nil && len(leaf) == leafSize, "%s: der Eintrag fehlt", name)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err == nil, "%s: die Nummer fehlt", name)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err == nil, "%s: %v", name, err)
		proof = append(proof, hash)
	}
	tree := opened([]byte(checkpoint), verifier)
	err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
	check(err == nil && index < tree.N, "%s: der Eintrag stand nicht im Protokoll", name)
	fmt.Printf("Eintrag %d stand unter den %d unterschriebenen\n", index, tree.N)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func main() {
	check(len(os.Args) > 2, "verify.go SCHLUESSELDATEI ORDNER NACHWEIS.tlog-proof …")
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(os.Args[1]))))
	check(err == nil, "Prüfschlüssel: %v", err)
	for _, name := range os.Args[2:] {
		if strings.HasSuffix(name, ".tlog-proof") {
			verifyProof(name, verifier)
		} else {
			verifyExport(name, verifier)
		}
	}
}
