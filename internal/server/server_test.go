package server

import "testing"

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{"gzip": true, "GZIP;q=0.5": true, "*": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false, "": false, "x-gzip2": false, "br, gzip": true} {
		if got := AcceptsGzip(header); got != want {
			t.Errorf("AcceptsGzip(%q) = %v", header, got)
		}
	}
}

func TestContentTagIsOfTheContent(t *testing.T) {
	a, b := ContentTag([]byte("甲")), ContentTag([]byte("乙"))
	if a == b || a != ContentTag([]byte("甲")) || !Matches(`W/`+a, a) || Matches(b, a) {
		t.Errorf("%s %s", a, b)
	}
}
