package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A province's release file takes a minute to be checked: readers are told so
// meanwhile, and what is wrong with it ends the program with the reason.
func TestListenSoon(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	listening := make(chan string, 1)
	ready := func(a net.Addr) { listening <- "http://" + a.String() }
	get := func(t *testing.T, url string) (*http.Response, string) {
		t.Helper()
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(b)
	}
	shown, checked := make(chan struct{}), make(chan struct{})
	portal := opened{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "指南") }),
		func(ctx context.Context) { close(shown); <-ctx.Done() }}

	t.Run("slow", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- listenSoon(ctx, "127.0.0.1:0", log, 0, func() (opened, error) { <-checked; return portal, nil }, ready)
		}()
		base := <-listening
		if r, body := get(t, base+"/items/x"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !strings.Contains(body, "12345") {
			t.Errorf("meanwhile: %d %s", r.StatusCode, body)
		}
		if r, _ := get(t, base+"/api/items"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("programs meanwhile: %d", r.StatusCode)
		}
		if r, _ := get(t, base+"/healthz"); r.StatusCode != http.StatusOK {
			t.Errorf("the program is there: %d", r.StatusCode)
		}
		close(checked)
		<-shown
		if r, body := get(t, base+"/items/x"); r.StatusCode != http.StatusOK || body != "指南" {
			t.Errorf("afterwards: %d %s", r.StatusCode, body)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		wrong := errors.New("not by the county")
		fail := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- listenSoon(t.Context(), "127.0.0.1:0", log, 0, func() (opened, error) { <-fail; return opened{}, wrong }, ready)
		}()
		<-listening
		close(fail)
		if err := <-ended; !errors.Is(err, wrong) {
			t.Error(err)
		}
	})
}
