package search

// The weights of the search. They were set by looking for the better value of
// one after the other on the relevance test's queries, half of the citizens'
// questions and half of the everyday names; on the other halves, which nobody
// looked at, it came out alike (see TestRelevance).
const (
	// How the pieces of a query weigh.
	singleWeight = 0.43 // a character alone, against a pair
	letterWeight = 1.2  // a word of letters, against a pair
	missingPair  = 0.6  // a pair that is nowhere in the lists, of a word of which others are
	unknownShare = 0.35 // what is in no list: mostly a slip, or nothing to do with us
	actionShare  = 0.3  // words about what is to be done
	fillerShare  = 0.154
	acrossShare  = 0.45 // a pair of characters of neighbouring pieces
	officialBest = 0.95 // the official word, against the literal one
	officialNext = 0.7  // each further one, against the one before
	soundShare   = 0.85 // pinyin, against characters
	typedShare   = 0.8  // pinyin or initials of people's words
	restScore    = 0.3  // a character that is in no word, when a query is parted

	// Where words are found, against the name.
	aliasWeight = 0.8
	unitWeight  = 0.225
	textWeight  = 0.2

	// How names are compared with a query.
	partShare    = 0.6  // a word found in parts, against one found whole
	shortShare   = 0.8  // a word whose characters stand in the name in order, as those of a short form do
	negatedShare = 0.5  // a word with a negation before it (动产 in 不动产)
	aliasShare   = 0.75 // a word in an alias
	actedShare   = 0.7  // the name says the action in other words
	nameGain     = 0.48 // all of the name is asked for
	phraseGain   = 0.22 // the query stands in the name as it is
	insideShare  = 0.5  // part of that, if it stands in brackets or around them
	useGain      = 0.08 // the most that use counts
	useHalf      = 6    // the logarithm of the use that counts half of that: 400
	startGain    = 0.12 // the name begins with it
	sameGain     = 0.6  // it is all of the name
	orderGain    = 0.08 // the pieces come in the query's order
	joinGain     = 0.06 // and one at the other
	bracketChar  = 0.11 // what a character in brackets counts of a name's length
	lightChar    = 0.12 // and one of a word that half of the names have
	nameSlack    = 1.8  // characters by which names may differ in length

	// What agreement in action counts.
	sameAction   = 1.35 // the name says what is asked for
	noAction     = 1.15 // it is about no action, though one is asked for
	otherAction  = 0.77 // each thing that it says and nobody asked for
	besideAction = 0.95 // the same, if it says what is asked for as well
	firstIssue   = 1.06 // nothing is asked for, and the name is about the first time
)
