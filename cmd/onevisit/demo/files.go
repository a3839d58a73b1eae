package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
)

// The one form and the one filled-in sample that all items of the demonstration
// offer; made by infra/paper, with invented entries.
var formFiles = []string{"form.docx", "sample.pdf"}

var fileBytes = sync.OnceValue(func() map[string][]byte {
	out := map[string][]byte{}
	for _, name := range formFiles {
		b, err := files.ReadFile("data/" + name)
		if err != nil {
			panic("demo: " + err.Error())
		}
		out[name] = b
	}
	return out
})

// file is the reference to one of the files, under a name for people.
func file(name, shown string) string {
	b := fileBytes()[name]
	sum := sha256.Sum256(b)
	return catalog.File{Hash: hex.EncodeToString(sum[:]), Size: int64(len(b)), Name: shown}.String()
}

// keepFiles stores the files that the items refer to.
func (s *Story) keepFiles(ctx context.Context) error {
	for _, name := range formFiles {
		b := fileBytes()[name]
		if _, err := s.Reform.KeepFile(ctx, reform.FileIn{Name: name, Size: int64(len(b)), R: bytes.NewReader(b)}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
