package web

// GET /work/board
func (s *Server) getBoard(q *request) error {
	b, err := s.Reform.Board(q.Context(), q.actor())
	if err != nil {
		return err
	}
	v := q.URL.Query()
	if err := b.Sort(orderOf(v)); err != nil {
		return err
	}
	return q.render(q.page("全县情况"), boardView(b, v))
}
