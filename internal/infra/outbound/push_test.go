package outbound_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/outbound"
)

var key = []byte("0123456789abcdef")

func parcel(content string) outbound.Parcel {
	return outbound.Parcel{Release: "2018-001", Hash: sha256.Sum256([]byte(content)), Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// A receiver that follows the description can tell that a package is whole, new
// and the county's.
func TestPush(t *testing.T) {
	now := time.Unix(1538269323, 0)
	var got []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = body
		sum := sha256.Sum256(body)
		m := hmac.New(sha256.New, key)
		m.Write([]byte(r.Header.Get("X-Onevisit-Timestamp") + "\n" + r.Header.Get("X-Onevisit-Release") + "\n" + hex.EncodeToString(sum[:])))
		if want := "sha256=" + hex.EncodeToString(m.Sum(nil)); r.Header.Get("X-Onevisit-Signature") != want || r.Header.Get("X-Onevisit-Timestamp") != "1538269323" || r.Method != http.MethodPost ||
			r.Header.Get("Content-Digest") != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" || r.ContentLength != int64(len(body)) || r.Header.Get("Content-Type") != "application/zip" {
			t.Errorf("%v", r.Header)
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer srv.Close()
	p, err := outbound.NewHTTPPusher(srv.URL+"/receive?token=secret", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Push(t.Context(), parcel("内容"), now); err != nil || !bytes.Equal(got, []byte("内容")) {
		t.Errorf("%v %q", err, got)
	}
	if strings.Contains(p.Target(), "secret") || !strings.HasSuffix(p.Target(), "/receive") {
		t.Errorf("target %s", p.Target())
	}
	gone := outbound.Parcel{Open: func() (io.ReadCloser, error) { return nil, fault.NotFoundf("没有文件。") }}
	if err := p.Push(t.Context(), gone, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("a package that is gone: %v", err)
	}
}

func TestPushRefused(t *testing.T) {
	status := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	p, err := outbound.NewHTTPPusher(srv.URL+"/?token=secret", key)
	if err != nil {
		t.Fatal(err)
	}
	for code, kind := range map[int]fault.Kind{302: fault.Invalid, 400: fault.Invalid, 401: fault.Invalid, 403: fault.Invalid, 404: fault.Invalid, 408: fault.Unavailable, 429: fault.Unavailable, 500: fault.Unavailable, 503: fault.Unavailable} {
		status = code
		if err := p.Push(t.Context(), parcel("内容"), time.Unix(0, 0)); !fault.Is(err, kind) {
			t.Errorf("%d: %v", code, err)
		}
	}
	srv.Close()
	if err := p.Push(t.Context(), parcel("内容"), time.Unix(0, 0)); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody there: %v", err)
	}
	for address, k := range map[string][]byte{"": key, "ftp://example.org": key, "https://": key, "https://user:pw@example.org": key, "https://example.org": []byte("short")} {
		if _, err := outbound.NewHTTPPusher(address, k); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q with a key of %d: %v", address, len(k), err)
		}
	}
}
