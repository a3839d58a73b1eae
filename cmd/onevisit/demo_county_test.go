package main

import (
	"context"
	"net/http/httptest"
	"testing"

	"onevisit/cmd/onevisit/demo"
)

// demoCounty opens a demonstration county of the test's own, in SQLite or at a
// database URL, and serves its pages.
func demoCounty(t testing.TB, databaseURL string) (*county, *httptest.Server) {
	t.Helper()
	return tell(t, databaseURL, false)
}

// signedCounty is the demonstration in which units and county sign with keys.
func signedCounty(t testing.TB) (*county, *httptest.Server) {
	t.Helper()
	return tell(t, "", true)
}

func tell(t testing.TB, databaseURL string, signed bool) (*county, *httptest.Server) {
	t.Helper()
	ctx := context.Background()
	clock := &demo.Clock{}
	k, err := openCounty(ctx, countyConfig{dataDir: t.TempDir(), url: databaseURL, now: clock.Now, demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.close() })
	story := &demo.Story{DB: k.db, Reform: k.reform, Clock: clock, Hasher: k.hasher, Portal: k.portal}
	if signed {
		story.Office = k.office
	}
	if err := story.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.portal.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(k.handler())
	t.Cleanup(srv.Close)
	return k, srv
}

// token signs in with the demonstration's password.
func token(t testing.TB, k *county, login string) string {
	t.Helper()
	tok, err := k.office.SignIn(context.Background(), login, demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
