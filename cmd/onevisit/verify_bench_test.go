package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"onevisit/internal/infra/store"
)

// BenchmarkVerifyCode asks over HTTP what a code on a paper is worth, with some
// hundred versions and with 300,000: the answer takes as long, for each step finds
// its row by a key. Every request asks for another code.
func BenchmarkVerifyCode(b *testing.B) {
	k, _ := demoCounty(b, "")
	srv := httptest.NewServer(k.handler())
	defer srv.Close()
	ctx := b.Context()
	// versions adds replaced versions until there are n.
	total := 0
	versions := func(n int) {
		b.Helper()
		for total < n {
			if err := k.db.Update(ctx, func(tx *store.Tx) error {
				for range min(20_000, n-total) {
					total++
					if _, err := tx.Exec(`INSERT INTO release_item (release_seq, item_id, unit_id, unit_name, code, name, type, visits, class, doc, doc_hash, verify_code, replaced_by)
						SELECT 1, 'v'||$1, unit_id, unit_name, code, name, type, visits, class, '{"name":"旧","unit":"旧"}', 'x', $2, 1 FROM release_item WHERE release_seq=1 ORDER BY item_id LIMIT 1`,
						fmt.Sprint(total), fmt.Sprintf("%05d-%05d", total/100000, total%100000)); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	client := srv.Client()
	for _, n := range []int{1000, 300_000} {
		versions(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				code := (i*7919)%n + 1
				r, err := client.Get(srv.URL + fmt.Sprintf("/verify?code=%05d-%05d", code/100000, code%100000))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if r.StatusCode != http.StatusOK {
					b.Fatalf("status %d", r.StatusCode)
				}
			}
		})
	}
	b.Run("empty handler", func(b *testing.B) { // to tell the machine's part
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("ok")) }))
		defer plain.Close()
		for b.Loop() {
			r, err := client.Get(plain.URL)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
		}
	})
}
