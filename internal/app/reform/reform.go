// Package reform carries a county's items from the units' lists to a release:
// import and editing with the findings and the computed visits, confirmation by
// the unit's leader, packages and zero reports, the joint review, batches and
// publication (P-3.1, P-3.2, P-3.4).
//
// Each method authorises, reads, decides (in domain) and writes state, audit
// entry, to-dos and jobs in one transaction.
package reform

import (
	"log/slog"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
)

// Service is the hall's door.
type Service struct {
	db    *store.DB
	blobs *blob.Dir
	cal   *calendar.Calendar
	log   *slog.Logger
	// demo marks every release as demonstration data.
	demo    bool
	rules   ruleCache
	graph   graphCache
	press   *paper.Press
	out     outbound.Sender
	links   LinkChecker
	web     PageReader
	sign    publication.Signer
	back    *sign.Ring
	tries   sign.Tries
	checked checkCache
}

// Config is what the hall needs.
type Config struct {
	DB       *store.DB
	Blobs    *blob.Dir
	Calendar *calendar.Calendar
	Log      *slog.Logger
	Demo     bool
	Press    *paper.Press
	// Out sends messages; nil sends none.
	Out outbound.Sender
	// Links tries the addresses in published guides; nil tries none.
	Links LinkChecker
	// Web reads the units' own pages; nil reads none.
	Web PageReader
	// Sign signs commitments, papers and release files; nil signs nothing.
	Sign publication.Signer
	// Back is for whom the public side of two networks seals what it hands back;
	// nil takes nothing back.
	Back *sign.Ring
}

// The shapes of stored things that pages and commands handle.
type (
	ItemFilter = store.ItemFilter
	Order      = store.Order
	ItemRow    = store.Item
	Contact    = store.Contact
	Former     = store.FormerContact
	ImportRun  = store.ImportRun
	Problem    = exchange.Problem
	ItemChange = exchange.ItemChange
	RowEffect  = exchange.ChangeKind
	ListFilter = store.ListFilter
	ListEntry  = store.ListEntry
	ListState  = store.ListState
	ListTally  = store.ListTally
	Edition    = store.Edition
	Finding    = store.ProbeFinding
	GuideLink  = store.GuideLink
)

// What a row of an imported file does to its item.
const (
	ItemCreated = exchange.ItemCreated
	ItemChanged = exchange.ItemChanged
	ItemLocked  = exchange.ItemLocked
)

// The states of an entry of a list.
const (
	ListOpen     = store.ListOpen
	ListClaimed  = store.ListClaimed
	ListMapped   = store.ListMapped
	ListDeclined = store.ListDeclined
	ListOutside  = store.ListOutside
)

// New builds the service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: c.DB, blobs: c.Blobs, cal: c.Calendar, log: c.Log, demo: c.Demo, press: c.Press, out: c.Out, web: c.Web, links: c.Links, sign: c.Sign, back: c.Back}
}

// county is the county that the installation serves; unknown to a service that
// only reads files.
func (s *Service) county() org.County {
	if s.db == nil {
		return org.County{}
	}
	return s.db.County()
}

// calendar is the program's own with the notices that the county has imported.
func (s *Service) calendar(tx *store.Tx) (*calendar.Calendar, error) { return tx.Calendar(s.cal) }
