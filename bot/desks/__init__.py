"""What each flow needs from the store: one file a flow, between its words and the rows.

A flow never touches the store and the store knows no sentence; a desk asks the one and
fills the other, inside the transaction of the message that is being answered.
"""
