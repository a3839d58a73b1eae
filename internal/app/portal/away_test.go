package portal_test

import (
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/infra/store"
)

// While the database is away the portal goes on with what was published last,
// guides and all, and says so; afterwards it says so no more.
func TestDatabaseAway(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{DataDir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := node(t, db)
	ids := countytest.NewPublisher(t, db).Publish(countytest.Items(5))
	if err := s.Refresh(t.Context()); err != nil || s.Trouble() != "" {
		t.Fatal(err, s.Trouble())
	}
	before := s.Version()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_ = s.Refresh(t.Context()) // what it says is asked below
	if s.Trouble() == "" || s.Version() == before {
		t.Errorf("the portal does not say that the database is away: %q", s.Trouble())
	}
	for _, id := range ids {
		g, err := s.Guide(t.Context(), id)
		if err != nil || g.Item.Name == "" {
			t.Fatalf("a guide without the database: %v", err)
		}
		if _, err := s.Verify(t.Context(), g.VerifyCode); err != nil {
			t.Errorf("a code without the database: %v", err)
		}
	}
	if f := s.Search(portal.Query{}); f.Total != 5 {
		t.Errorf("%d found", f.Total)
	}
	if _, _, err := s.Release(t.Context(), 1); err != nil {
		t.Errorf("a batch without the database: %v", err)
	}
}
