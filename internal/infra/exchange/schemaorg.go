package exchange

import (
	"encoding/json"
	"io"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

// pageContext names the vocabularies: schema.org for what every government service
// has, the program's own for what only these lists know.
const pageContext = `{"@vocab":"https://schema.org/","item":"urn:onevisit:item@1#","isBasedOn":{"@container":"@list"},"item:materials":{"@container":"@list"}}`

type ldThing struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type ldValue struct {
	Type  string `json:"@type"`
	ID    string `json:"propertyID"`
	Value string `json:"value"`
}

type ldOrganization struct {
	Type    string      `json:"@type"`
	Name    string      `json:"name"`
	TaxID   string      `json:"taxID,omitempty"` // 统一社会信用代码
	Contact []ldContact `json:"contactPoint,omitempty"`
}

type ldContact struct {
	Type  string `json:"@type"`
	Kind  string `json:"contactType"`
	Phone string `json:"telephone"`
}

type ldChannel struct {
	Type  string   `json:"@type"`
	Name  string   `json:"name,omitempty"`
	URL   string   `json:"serviceUrl,omitempty"`
	Place *ldPlace `json:"serviceLocation,omitempty"`
}

type ldPlace struct {
	Type    string `json:"@type"`
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
	Phone   string `json:"telephone,omitempty"`
	Hours   string `json:"item:hours,omitempty"` // as written; schema.org wants a formal notation
}

type ldService struct {
	ID         string         `json:"@id"`
	Type       string         `json:"@type"`
	Name       string         `json:"name"`
	URL        string         `json:"url,omitempty"`
	Identifier []ldValue      `json:"identifier,omitempty"`
	Kind       string         `json:"serviceType,omitempty"`
	Operator   ldOrganization `json:"serviceOperator"`
	Provider   ldOrganization `json:"provider"`
	Audience   []ldAudience   `json:"audience,omitempty"`
	Category   []string       `json:"category,omitempty"`
	BasedOn    []ldThing      `json:"isBasedOn,omitempty"`
	Channels   []ldChannel    `json:"availableChannel,omitempty"`
	Output     *ldThing       `json:"serviceOutput,omitempty"`
	Free       bool           `json:"isAccessibleForFree"`
	Visits     *int           `json:"item:visits,omitempty"` // computed, or as stated if that cannot be
	Promised   string         `json:"item:promisedLimit,omitempty"`
	Conditions []string       `json:"item:conditions,omitempty"`
	Materials  []ldThing      `json:"item:materials,omitempty"`
}

type ldAudience struct {
	Type string `json:"@type"`
	Kind string `json:"audienceType"`
}

// WriteLinked writes one item as a GovernmentService of schema.org, for its page,
// where search engines read it: escaped so that it may stand within an HTML script element. address is the page's.
func WriteLinked(w io.Writer, it *catalog.Item, address string) error {
	service := linked(it)
	service.URL = address
	return json.NewEncoder(w).Encode(struct { // which escapes <, > and &
		Context json.RawMessage `json:"@context"`
		ldService
	}{json.RawMessage(pageContext), service})
}

// linked is the item as schema.org sees it.
func linked(it *catalog.Item) ldService {
	s := ldService{Type: "GovernmentService", Name: it.Name, Kind: it.Type, Category: it.Topics, Conditions: it.Conditions, Free: !it.Fee.Charged,
		ID:       linkedID(it),
		Operator: ldOrganization{Type: "GovernmentOrganization", Name: it.Unit},
		Provider: ldOrganization{Type: "GovernmentOrganization", Name: it.Body.Name, TaxID: it.Body.USCC}}
	if s.Provider.Name == "" {
		s.Provider.Name = it.Unit
	}
	for _, phone := range it.Enquiry {
		s.Operator.Contact = append(s.Operator.Contact, ldContact{"ContactPoint", "咨询", phone})
	}
	for _, phone := range it.Complaint {
		s.Operator.Contact = append(s.Operator.Contact, ldContact{"ContactPoint", "监督投诉", phone})
	}
	for _, c := range []struct{ name, value string }{{"实施编码", it.ImplementationCode}, {"基本编码", it.BasicCode}, {"业务办理项编码", it.HandlingCode}} {
		if c.value != "" {
			s.Identifier = append(s.Identifier, ldValue{"PropertyValue", c.name, c.value})
		}
	}
	for _, a := range it.Audience {
		s.Audience = append(s.Audience, ldAudience{"Audience", a})
	}
	for _, b := range it.Bases {
		s.BasedOn = append(s.BasedOn, ldThing{"Legislation", b.Text})
	}
	for _, p := range it.Places {
		s.Channels = append(s.Channels, ldChannel{Type: "ServiceChannel", Name: "窗口办理", Place: &ldPlace{"Place", p.Name, p.Address, p.Phone, p.Hours}})
	}
	for _, u := range []struct{ name, url string }{{"电脑端网上办理", it.Online.URL}, {"移动端网上办理", it.Online.MobileURL}} {
		if u.url != "" {
			s.Channels = append(s.Channels, ldChannel{Type: "ServiceChannel", Name: u.name, URL: u.url})
		}
	}
	if it.Result.Name != "" {
		s.Output = &ldThing{"GovernmentPermit", it.Result.Name}
	}
	for _, m := range it.Materials {
		s.Materials = append(s.Materials, ldThing{"CreativeWork", m.Name})
	}
	if it.PromisedLimit.Given() {
		s.Promised = it.PromisedLimit.Words()
	}
	s.Visits = it.Visits
	if a, err := visit.AssessItem(it); err == nil {
		s.Visits = &a.Visits
	}
	return s
}
