"""everything at first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from storage.columns import Fixed
from storage.columns import Json
from storage.columns import UtcDateTime

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audits',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('details', Json, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audits'))
    )
    with op.batch_alter_table('audits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audits_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audits_subject'), ['subject'], unique=False)

    op.create_table('briefs',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('room', sa.String(), nullable=False),
    sa.Column('brief', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('person_id', 'room', name=op.f('pk_briefs'))
    )
    op.create_table('calendar_links',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'subject_id', name=op.f('pk_calendar_links'))
    )
    op.create_table('case_counts',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('bucket', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'key', 'bucket', name=op.f('pk_case_counts')),
    sqlite_with_rowid=False
    )
    op.create_table('channel_alerts',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.Column('last_at', UtcDateTime(), nullable=False),
    sa.Column('told_at', UtcDateTime(), nullable=True),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('channel', 'account', 'code', name=op.f('pk_channel_alerts'))
    )
    op.create_table('code_tries',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('wrong', sa.Integer(), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'address', name=op.f('pk_code_tries'))
    )
    op.create_table('cursors',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', name=op.f('pk_cursors'))
    )
    op.create_table('drafts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('room', sa.String(), nullable=False),
    sa.Column('flow', sa.String(), nullable=False),
    sa.Column('brief', sa.Text(), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('parked_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts'))
    )
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_drafts_person_id_room'), ['person_id', 'room'], unique=False)

    op.create_table('inbox',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'message_id', name=op.f('pk_inbox'))
    )
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_open', ['state', 'received_at'], unique=False, sqlite_where=sa.text("state <> 'done'"), postgresql_where=sa.text("state <> 'done'"))
        batch_op.create_index(batch_op.f('ix_inbox_received_at'), ['received_at'], unique=False)

    op.create_table('lanes',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'chat', name=op.f('pk_lanes')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('lanes', schema=None) as batch_op:
        batch_op.create_index('ix_lanes_next', ['channel', 'account', 'next_at'], unique=False)

    op.create_table('leases',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leases'))
    )
    op.create_table('media',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', UtcDateTime(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=True),
    sa.Column('shown_sha256', sa.String(), nullable=True),
    sa.Column('thumb_sha256', sa.String(), nullable=True),
    sa.Column('content_type', sa.String(), nullable=True),
    sa.Column('size_bytes', sa.Integer(), nullable=True),
    sa.Column('width_px', sa.Integer(), nullable=True),
    sa.Column('height_px', sa.Integer(), nullable=True),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('looks_hash', sa.String(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media'))
    )
    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_media_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_shown_sha256'), ['shown_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_state_not_before'), ['state', 'not_before'], unique=False)

    op.create_table('month_counts',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'month', 'chat', name=op.f('pk_month_counts'))
    )
    op.create_table('nudges',
    sa.Column('obligation_id', sa.BigInteger(), nullable=False),
    sa.Column('rung', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('outbox_id', sa.BigInteger(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('obligation_id', 'rung', 'person_id', name=op.f('pk_nudges')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('nudges', schema=None) as batch_op:
        batch_op.create_index('ix_nudges_outbox_id', ['outbox_id'], unique=False, sqlite_where=sa.text('outbox_id IS NOT NULL'), postgresql_where=sa.text('outbox_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_nudges_person_id_day'), ['person_id', 'day'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('slot', sa.String(), nullable=False),
    sa.Column('reply_to', sa.String(), nullable=False),
    sa.Column('group', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', UtcDateTime(), nullable=False),
    sa.Column('claimed_until', UtcDateTime(), nullable=True),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('sent_at', UtcDateTime(), nullable=True),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_due', ['channel', 'account', 'priority', 'not_before', 'id'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('ix_outbox_held', ['person_id'], unique=False, sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.create_index('ix_outbox_person', ['person_id', 'purpose', 'made_at'], unique=False, sqlite_where=sa.text("purpose <> 'reply'"), postgresql_where=sa.text("purpose <> 'reply'"))
        batch_op.create_index('ix_outbox_sealed', ['id'], unique=False, sqlite_where=sa.text("slot >= 'sealed:' AND slot < 'sealed;'"), postgresql_where=sa.text("slot >= 'sealed:' AND slot < 'sealed;'"))
        batch_op.create_index('ix_outbox_sending', ['channel', 'account', 'chat'], unique=False, sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'"))
        batch_op.create_index('ix_outbox_slot', ['channel', 'account', 'chat', 'slot'], unique=False, sqlite_where=sa.text("state = 'waiting' AND slot <> ''"), postgresql_where=sa.text("state = 'waiting' AND slot <> ''"))
        batch_op.create_index('ix_outbox_told', ['account', 'chat', 'id'], unique=False, sqlite_where=sa.text("channel = 'webchat'"), postgresql_where=sa.text("channel = 'webchat'"))

    op.create_table('persons',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('told_phone', sa.String(), nullable=True),
    sa.Column('told_phone_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('consented_at', UtcDateTime(), nullable=True),
    sa.Column('erased_at', UtcDateTime(), nullable=True),
    sa.Column('merged_into', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_persons'))
    )
    op.create_table('sessions',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('room', sa.String(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('flow', sa.String(), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('person_id', 'room', name=op.f('pk_sessions'))
    )
    op.create_table('shown_links',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_shown_links'))
    )
    with op.batch_alter_table('shown_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shown_links_expires_at'), ['expires_at'], unique=False)

    op.create_table('stray_words',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stray_words'))
    )
    with op.batch_alter_table('stray_words', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stray_words_at'), ['at'], unique=False)

    op.create_table('ticks',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('done_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'at', name=op.f('pk_ticks'))
    )
    op.create_table('totals',
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('indicator', sa.String(), nullable=False),
    sa.Column('numerator', Fixed(), nullable=False),
    sa.Column('denominator', Fixed(), nullable=False),
    sa.Column('figures', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('plan_id', 'unit_id', 'period_key', 'indicator', name=op.f('pk_totals')),
    sqlite_with_rowid=False
    )
    op.create_table('units',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('parent_id', sa.BigInteger(), nullable=True),
    sa.Column('path', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('pack_key', sa.String(), nullable=True),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('households', sa.Integer(), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['units.id'], name=op.f('fk_units_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_units')),
    sa.UniqueConstraint('commune_id', 'code', name=op.f('uq_units_commune_id_code'))
    )
    with op.batch_alter_table('units', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_units_commune_id_pack_key'), ['commune_id', 'pack_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_units_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_units_path'), ['path'], unique=False)

    op.create_table('uploads',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'sha256', name=op.f('pk_uploads'))
    )
    op.create_table('window_choices',
    sa.Column('outbox_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('choice', sa.String(), nullable=False),
    sa.Column('price_vnd', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('outbox_id', name=op.f('pk_window_choices'))
    )
    with op.batch_alter_table('window_choices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_window_choices_channel_account_decided_at'), ['channel', 'account', 'decided_at'], unique=False)

    op.create_table('zalo_accounts',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('last_event_at', UtcDateTime(), nullable=True),
    sa.Column('last_event', sa.String(), nullable=False),
    sa.Column('good_signatures', sa.BigInteger(), nullable=False),
    sa.Column('bad_signatures', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', name=op.f('pk_zalo_accounts'))
    )
    op.create_table('zalo_chats',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('interacted_at', UtcDateTime(), nullable=True),
    sa.Column('album', sa.String(), nullable=False),
    sa.Column('album_at', UtcDateTime(), nullable=True),
    sa.Column('paused_until', UtcDateTime(), nullable=True),
    sa.Column('told_unsupported_at', UtcDateTime(), nullable=True),
    sa.Column('told_place_at', UtcDateTime(), nullable=True),
    sa.Column('woken_at', UtcDateTime(), nullable=True),
    sa.Column('introduced_at', UtcDateTime(), nullable=True),
    sa.Column('sensitive', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'chat', name=op.f('pk_zalo_chats'))
    )
    op.create_table('zalo_consents',
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('verifier', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('state', name=op.f('pk_zalo_consents'))
    )
    op.create_table('zalo_events',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'account', 'key', name=op.f('pk_zalo_events'))
    )
    with op.batch_alter_table('zalo_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_zalo_events_at'), ['at'], unique=False)
        batch_op.create_index('ix_zalo_events_open', ['channel', 'account', 'state', 'at'], unique=False, sqlite_where=sa.text("state IN ('raw', 'new', 'doubt')"), postgresql_where=sa.text("state IN ('raw', 'new', 'doubt')"))

    op.create_table('zalo_pairs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('access', sa.LargeBinary(), nullable=False),
    sa.Column('refresh', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('spending_at', UtcDateTime(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('words', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_zalo_pairs'))
    )
    with op.batch_alter_table('zalo_pairs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_zalo_pairs_account_state'), ['account', 'state'], unique=False)

    op.create_table('accounts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('last_in_at', UtcDateTime(), nullable=True),
    sa.Column('blocked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_accounts_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('channel', 'account', 'address', name=op.f('uq_accounts_channel_account_address'))
    )
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accounts_person_id'), ['person_id'], unique=False)

    op.create_table('chat_groups',
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('chat', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('registered_by', sa.BigInteger(), nullable=True),
    sa.Column('registered_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_chat_groups_unit_id')),
    sa.PrimaryKeyConstraint('channel', 'account', 'chat', name=op.f('pk_chat_groups'))
    )
    op.create_table('cheers',
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_cheers_unit_id')),
    sa.PrimaryKeyConstraint('unit_id', 'period_key', name=op.f('pk_cheers'))
    )
    op.create_table('digests',
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_digests_commune_id')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_digests_person_id')),
    sa.PrimaryKeyConstraint('commune_id', 'kind', 'day', 'person_id', name=op.f('pk_digests'))
    )
    op.create_table('habits',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('bend', sa.String(), nullable=False),
    sa.Column('days', Json, nullable=False),
    sa.Column('learned_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_habits_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'kind', name=op.f('pk_habits')),
    sqlite_with_rowid=False
    )
    op.create_table('invites',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=True),
    sa.Column('role', sa.String(), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('uses_left', sa.Integer(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('made_by', sa.BigInteger(), nullable=True),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_invites_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_invites_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invites')),
    sa.UniqueConstraint('code', name=op.f('uq_invites_code'))
    )
    op.create_table('looks_pieces',
    sa.Column('piece', sa.Integer(), nullable=False),
    sa.Column('bits', sa.Integer(), nullable=False),
    sa.Column('media_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['media_id'], ['media.id'], name=op.f('fk_looks_pieces_media_id')),
    sa.PrimaryKeyConstraint('piece', 'bits', 'media_id', name=op.f('pk_looks_pieces')),
    sqlite_with_rowid=False
    )
    op.create_table('memberships',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_memberships_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_memberships_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships')),
    sa.UniqueConstraint('person_id', 'unit_id', 'role', name=op.f('uq_memberships_person_id_unit_id_role'))
    )
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_memberships_unit_id'), ['unit_id'], unique=False)

    op.create_table('nag_wishes',
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('muted_at', UtcDateTime(), nullable=True),
    sa.Column('snoozed_at', UtcDateTime(), nullable=True),
    sa.Column('snoozed_until', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_nag_wishes_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_nag_wishes'))
    )
    op.create_table('obligations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('duty_key', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('opens_at', UtcDateTime(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('report_id', sa.BigInteger(), nullable=True),
    sa.Column('filed_at', UtcDateTime(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('assignee_id', sa.BigInteger(), nullable=True),
    sa.Column('extended_to', UtcDateTime(), nullable=True),
    sa.Column('locked_at', UtcDateTime(), nullable=True),
    sa.Column('escalation', sa.Integer(), nullable=False),
    sa.Column('escalated_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_obligations_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligations')),
    sa.UniqueConstraint('plan_id', 'duty_key', 'period_key', 'unit_id', name=op.f('uq_obligations_plan_id_duty_key_period_key_unit_id'))
    )
    with op.batch_alter_table('obligations', schema=None) as batch_op:
        batch_op.create_index('ix_obligations_counts', ['plan_id', 'period_key', 'duty_key', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_obligations_state_due_at'), ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_obligations_unit_id_state'), ['unit_id', 'state'], unique=False)

    op.create_table('office_settings',
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('value', Json, nullable=False),
    sa.Column('set_by', sa.BigInteger(), nullable=True),
    sa.Column('set_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_office_settings_commune_id')),
    sa.PrimaryKeyConstraint('commune_id', 'key', name=op.f('pk_office_settings'))
    )
    op.create_table('plans',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('pack', Json, nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('imported_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_plans_commune_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('key', name=op.f('uq_plans_key'))
    )
    op.create_table('pollution_points',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('violation_key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('cell', sa.BigInteger(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_pollution_points_commune_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pollution_points'))
    )
    with op.batch_alter_table('pollution_points', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pollution_points_cell'), ['cell'], unique=False)
        batch_op.create_index(batch_op.f('ix_pollution_points_commune_id'), ['commune_id'], unique=False)

    op.create_table('web_links',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_web_links_person_id')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_web_links'))
    )
    with op.batch_alter_table('web_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_links_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_links_person_id'), ['person_id'], unique=False)

    op.create_table('web_sessions',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_web_sessions_person_id')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_web_sessions'))
    )
    with op.batch_alter_table('web_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_sessions_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_sessions_person_id'), ['person_id'], unique=False)

    op.create_table('cases',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=True),
    sa.Column('plan_id', sa.BigInteger(), nullable=True),
    sa.Column('violation_key', sa.String(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('place_words', sa.Text(), nullable=False),
    sa.Column('since_words', sa.Text(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('merged_into', sa.BigInteger(), nullable=True),
    sa.Column('counted', Json, nullable=True),
    sa.Column('handler_unit_id', sa.BigInteger(), nullable=True),
    sa.Column('handler_person_id', sa.BigInteger(), nullable=True),
    sa.Column('reporter_id', sa.BigInteger(), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('in_time', sa.Boolean(), nullable=True),
    sa.Column('held', sa.Boolean(), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=True),
    sa.Column('accept_due_at', UtcDateTime(), nullable=True),
    sa.Column('resolve_due_at', UtcDateTime(), nullable=True),
    sa.Column('cell', sa.BigInteger(), nullable=True),
    sa.Column('point_id', sa.BigInteger(), nullable=True),
    sa.Column('public_words', sa.Text(), nullable=True),
    sa.CheckConstraint('lat IS NULL OR (lat BETWEEN -90 AND 90)', name=op.f('ck_cases_lat')),
    sa.CheckConstraint('lon IS NULL OR (lon BETWEEN -180 AND 180)', name=op.f('ck_cases_lon')),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_cases_commune_id')),
    sa.ForeignKeyConstraint(['handler_unit_id'], ['units.id'], name=op.f('fk_cases_handler_unit_id')),
    sa.ForeignKeyConstraint(['merged_into'], ['cases.id'], name=op.f('fk_cases_merged_into')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_cases_plan_id')),
    sa.ForeignKeyConstraint(['point_id'], ['pollution_points.id'], name=op.f('fk_cases_point_id')),
    sa.ForeignKeyConstraint(['reporter_id'], ['persons.id'], name=op.f('fk_cases_reporter_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_cases_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('code', name=op.f('uq_cases_code'))
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.create_index('ix_cases_changed', ['commune_id', 'changed_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_commune_id_state_opened_at'), ['commune_id', 'state', 'opened_at'], unique=False)
        batch_op.create_index('ix_cases_handler', ['handler_unit_id', 'state', 'urgent', 'opened_at'], unique=False)
        batch_op.create_index('ix_cases_merged', ['merged_into'], unique=False, sqlite_where=sa.text('merged_into IS NOT NULL'), postgresql_where=sa.text('merged_into IS NOT NULL'))
        batch_op.create_index('ix_cases_near', ['cell', 'violation_key', 'opened_at'], unique=False)
        batch_op.create_index('ix_cases_newest', ['commune_id', 'opened_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_open', ['commune_id', 'state', 'opened_at'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.create_index('ix_cases_point', ['point_id'], unique=False, sqlite_where=sa.text('point_id IS NOT NULL'), postgresql_where=sa.text('point_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_cases_reporter_id'), ['reporter_id'], unique=False)
        batch_op.create_index('ix_cases_tally', ['commune_id', 'violation_key', 'state', 'held', 'in_time', 'handler_unit_id'], unique=False)
        batch_op.create_index('ix_cases_village', ['unit_id', 'violation_key', 'opened_at'], unique=False)

    op.create_table('extension_requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('obligation_id', sa.BigInteger(), nullable=False),
    sa.Column('asked_by', sa.BigInteger(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.BigInteger(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('granted', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['persons.id'], name=op.f('fk_extension_requests_asked_by')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_extension_requests_obligation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extension_requests'))
    )
    with op.batch_alter_table('extension_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extension_requests_obligation_id'), ['obligation_id'], unique=False)

    op.create_table('figures',
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('indicator', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('numerator', Fixed(), nullable=False),
    sa.Column('denominator', Fixed(), nullable=False),
    sa.Column('report_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_figures_plan_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_figures_unit_id')),
    sa.PrimaryKeyConstraint('period_key', 'plan_id', 'indicator', 'unit_id', 'source', name=op.f('pk_figures')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('figures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_figures_source'), ['source'], unique=False)
        batch_op.create_index(batch_op.f('ix_figures_unit_id'), ['unit_id'], unique=False)

    op.create_table('handovers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('obligation_id', sa.BigInteger(), nullable=False),
    sa.Column('from_person_id', sa.BigInteger(), nullable=False),
    sa.Column('to_person_id', sa.BigInteger(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['from_person_id'], ['persons.id'], name=op.f('fk_handovers_from_person_id')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_handovers_obligation_id')),
    sa.ForeignKeyConstraint(['to_person_id'], ['persons.id'], name=op.f('fk_handovers_to_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handovers_obligation_id'), ['obligation_id'], unique=False)

    op.create_table('obligation_steps',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('obligation_id', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('by_person_id', sa.BigInteger(), nullable=True),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_obligation_steps_obligation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligation_steps'))
    )
    with op.batch_alter_table('obligation_steps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_obligation_steps_obligation_id_at'), ['obligation_id', 'at'], unique=False)

    op.create_table('plan_versions',
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('pack', Json, nullable=False),
    sa.Column('imported_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_plan_versions_plan_id')),
    sa.PrimaryKeyConstraint('plan_id', 'imported_at', name=op.f('pk_plan_versions'))
    )
    op.create_table('punctuality',
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('duty_key', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('owing', sa.Integer(), nullable=False),
    sa.Column('filed', sa.Integer(), nullable=False),
    sa.Column('on_time', sa.Integer(), nullable=False),
    sa.Column('excused', sa.Integer(), nullable=False),
    sa.Column('counted_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_punctuality_plan_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_punctuality_unit_id')),
    sa.PrimaryKeyConstraint('period_key', 'plan_id', 'duty_key', 'unit_id', name=op.f('pk_punctuality')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('punctuality', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_punctuality_unit_id'), ['unit_id'], unique=False)

    op.create_table('reports',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=True),
    sa.Column('subject_key', sa.String(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('obligation_id', sa.BigInteger(), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('answers', Json, nullable=False),
    sa.Column('figures', Json, nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('filed_by', sa.BigInteger(), nullable=False),
    sa.Column('filed_at', UtcDateTime(), nullable=False),
    sa.Column('reviewed_by', sa.BigInteger(), nullable=True),
    sa.Column('reviewed_at', UtcDateTime(), nullable=True),
    sa.Column('review_words', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['filed_by'], ['persons.id'], name=op.f('fk_reports_filed_by')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_reports_obligation_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_reports_plan_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_reports_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_reports_code_version'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_filed_by_filed_at'), ['filed_by', 'filed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_plan_id_form_subject_key_period_key'), ['plan_id', 'form', 'subject_key', 'period_key'], unique=False)
        batch_op.create_index('ix_reports_unit', ['unit_id', 'form', 'subject_key', 'plan_id', 'period_key'], unique=False)

    op.create_table('requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('commune_id', sa.BigInteger(), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('duty_key', sa.String(), nullable=False),
    sa.Column('period_key', sa.String(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('form', Json, nullable=False),
    sa.Column('asked_by', sa.BigInteger(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['persons.id'], name=op.f('fk_requests_asked_by')),
    sa.ForeignKeyConstraint(['commune_id'], ['units.id'], name=op.f('fk_requests_commune_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_requests_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_requests')),
    sa.UniqueConstraint('duty_key', name=op.f('uq_requests_duty_key'))
    )
    with op.batch_alter_table('requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_requests_commune_id_asked_at'), ['commune_id', 'asked_at'], unique=False)
        batch_op.create_index('ix_requests_open', ['due_at'], unique=False, sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))

    op.create_table('case_blocks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('person_key', sa.String(), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('blocked_by', sa.BigInteger(), nullable=False),
    sa.Column('blocked_at', UtcDateTime(), nullable=False),
    sa.Column('appeal', sa.Text(), nullable=True),
    sa.Column('appealed_at', UtcDateTime(), nullable=True),
    sa.Column('lifted_by', sa.BigInteger(), nullable=True),
    sa.Column('lifted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['blocked_by'], ['persons.id'], name=op.f('fk_case_blocks_blocked_by')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_blocks_case_id')),
    sa.ForeignKeyConstraint(['lifted_by'], ['persons.id'], name=op.f('fk_case_blocks_lifted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_blocks'))
    )
    with op.batch_alter_table('case_blocks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_blocks_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_case_blocks_person_key'), ['person_key'], unique=False)

    op.create_table('case_nudges',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('rung', sa.String(), nullable=False),
    sa.Column('limit_at', UtcDateTime(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_nudges_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'rung', 'limit_at', name=op.f('pk_case_nudges')),
    sqlite_with_rowid=False
    )
    op.create_table('case_steps',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('by_person_id', sa.BigInteger(), nullable=True),
    sa.Column('by_unit_id', sa.BigInteger(), nullable=True),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('shown_to_reporter', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_steps_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_steps'))
    )
    with op.batch_alter_table('case_steps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_steps_case_id_at'), ['case_id', 'at'], unique=False)

    op.create_table('evidence',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('media_id', sa.BigInteger(), nullable=False),
    sa.Column('report_id', sa.BigInteger(), nullable=True),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('public_sha256', sa.String(), nullable=True),
    sa.Column('released_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_evidence_case_id')),
    sa.ForeignKeyConstraint(['media_id'], ['media.id'], name=op.f('fk_evidence_media_id')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_evidence_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_media_id'), ['media_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_report_id'), ['report_id'], unique=False)

    op.create_table('seal_openings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('opened_by', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_seal_openings_case_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['persons.id'], name=op.f('fk_seal_openings_opened_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seal_openings'))
    )
    with op.batch_alter_table('seal_openings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seal_openings_case_id'), ['case_id'], unique=False)

    op.create_table('sealed_reporters',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('blind_index', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_sealed_reporters_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_sealed_reporters'))
    )
    with op.batch_alter_table('sealed_reporters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sealed_reporters_blind_index'), ['blind_index'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('sealed_reporters', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sealed_reporters_blind_index'))

    op.drop_table('sealed_reporters')
    with op.batch_alter_table('seal_openings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seal_openings_case_id'))

    op.drop_table('seal_openings')
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evidence_report_id'))
        batch_op.drop_index(batch_op.f('ix_evidence_media_id'))
        batch_op.drop_index(batch_op.f('ix_evidence_case_id'))

    op.drop_table('evidence')
    with op.batch_alter_table('case_steps', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_case_steps_case_id_at'))

    op.drop_table('case_steps')
    op.drop_table('case_nudges')
    with op.batch_alter_table('case_blocks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_case_blocks_person_key'))
        batch_op.drop_index(batch_op.f('ix_case_blocks_case_id'))

    op.drop_table('case_blocks')
    with op.batch_alter_table('requests', schema=None) as batch_op:
        batch_op.drop_index('ix_requests_open', sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_requests_commune_id_asked_at'))

    op.drop_table('requests')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index('ix_reports_unit')
        batch_op.drop_index(batch_op.f('ix_reports_plan_id_form_subject_key_period_key'))
        batch_op.drop_index(batch_op.f('ix_reports_filed_by_filed_at'))

    op.drop_table('reports')
    with op.batch_alter_table('punctuality', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_punctuality_unit_id'))

    op.drop_table('punctuality')
    op.drop_table('plan_versions')
    with op.batch_alter_table('obligation_steps', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_obligation_steps_obligation_id_at'))

    op.drop_table('obligation_steps')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_handovers_obligation_id'))

    op.drop_table('handovers')
    with op.batch_alter_table('figures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_figures_unit_id'))
        batch_op.drop_index(batch_op.f('ix_figures_source'))

    op.drop_table('figures')
    with op.batch_alter_table('extension_requests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_extension_requests_obligation_id'))

    op.drop_table('extension_requests')
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index('ix_cases_village')
        batch_op.drop_index('ix_cases_tally')
        batch_op.drop_index(batch_op.f('ix_cases_reporter_id'))
        batch_op.drop_index('ix_cases_point', sqlite_where=sa.text('point_id IS NOT NULL'), postgresql_where=sa.text('point_id IS NOT NULL'))
        batch_op.drop_index('ix_cases_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_cases_newest')
        batch_op.drop_index('ix_cases_near')
        batch_op.drop_index('ix_cases_merged', sqlite_where=sa.text('merged_into IS NOT NULL'), postgresql_where=sa.text('merged_into IS NOT NULL'))
        batch_op.drop_index('ix_cases_handler')
        batch_op.drop_index(batch_op.f('ix_cases_commune_id_state_opened_at'))
        batch_op.drop_index('ix_cases_changed')

    op.drop_table('cases')
    with op.batch_alter_table('web_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_sessions_person_id'))
        batch_op.drop_index(batch_op.f('ix_web_sessions_expires_at'))

    op.drop_table('web_sessions')
    with op.batch_alter_table('web_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_links_person_id'))
        batch_op.drop_index(batch_op.f('ix_web_links_expires_at'))

    op.drop_table('web_links')
    with op.batch_alter_table('pollution_points', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pollution_points_commune_id'))
        batch_op.drop_index(batch_op.f('ix_pollution_points_cell'))

    op.drop_table('pollution_points')
    op.drop_table('plans')
    op.drop_table('office_settings')
    with op.batch_alter_table('obligations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_obligations_unit_id_state'))
        batch_op.drop_index(batch_op.f('ix_obligations_state_due_at'))
        batch_op.drop_index('ix_obligations_counts')

    op.drop_table('obligations')
    op.drop_table('nag_wishes')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_memberships_unit_id'))

    op.drop_table('memberships')
    op.drop_table('looks_pieces')
    op.drop_table('invites')
    op.drop_table('habits')
    op.drop_table('digests')
    op.drop_table('cheers')
    op.drop_table('chat_groups')
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_accounts_person_id'))

    op.drop_table('accounts')
    with op.batch_alter_table('zalo_pairs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_zalo_pairs_account_state'))

    op.drop_table('zalo_pairs')
    with op.batch_alter_table('zalo_events', schema=None) as batch_op:
        batch_op.drop_index('ix_zalo_events_open', sqlite_where=sa.text("state IN ('raw', 'new', 'doubt')"), postgresql_where=sa.text("state IN ('raw', 'new', 'doubt')"))
        batch_op.drop_index(batch_op.f('ix_zalo_events_at'))

    op.drop_table('zalo_events')
    op.drop_table('zalo_consents')
    op.drop_table('zalo_chats')
    op.drop_table('zalo_accounts')
    with op.batch_alter_table('window_choices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_window_choices_channel_account_decided_at'))

    op.drop_table('window_choices')
    op.drop_table('uploads')
    with op.batch_alter_table('units', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_units_path'))
        batch_op.drop_index(batch_op.f('ix_units_parent_id'))
        batch_op.drop_index(batch_op.f('ix_units_commune_id_pack_key'))

    op.drop_table('units')
    op.drop_table('totals')
    op.drop_table('ticks')
    with op.batch_alter_table('stray_words', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stray_words_at'))

    op.drop_table('stray_words')
    with op.batch_alter_table('shown_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shown_links_expires_at'))

    op.drop_table('shown_links')
    op.drop_table('sessions')
    op.drop_table('persons')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_told', sqlite_where=sa.text("channel = 'webchat'"), postgresql_where=sa.text("channel = 'webchat'"))
        batch_op.drop_index('ix_outbox_slot', sqlite_where=sa.text("state = 'waiting' AND slot <> ''"), postgresql_where=sa.text("state = 'waiting' AND slot <> ''"))
        batch_op.drop_index('ix_outbox_sending', sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'"))
        batch_op.drop_index('ix_outbox_sealed', sqlite_where=sa.text("slot >= 'sealed:' AND slot < 'sealed;'"), postgresql_where=sa.text("slot >= 'sealed:' AND slot < 'sealed;'"))
        batch_op.drop_index('ix_outbox_person', sqlite_where=sa.text("purpose <> 'reply'"), postgresql_where=sa.text("purpose <> 'reply'"))
        batch_op.drop_index('ix_outbox_held', sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.drop_index('ix_outbox_due', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table('outbox')
    with op.batch_alter_table('nudges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_nudges_person_id_day'))
        batch_op.drop_index('ix_nudges_outbox_id', sqlite_where=sa.text('outbox_id IS NOT NULL'), postgresql_where=sa.text('outbox_id IS NOT NULL'))

    op.drop_table('nudges')
    op.drop_table('month_counts')
    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_media_state_not_before'))
        batch_op.drop_index(batch_op.f('ix_media_shown_sha256'))
        batch_op.drop_index(batch_op.f('ix_media_sha256'))

    op.drop_table('media')
    op.drop_table('leases')
    with op.batch_alter_table('lanes', schema=None) as batch_op:
        batch_op.drop_index('ix_lanes_next')

    op.drop_table('lanes')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inbox_received_at'))
        batch_op.drop_index('ix_inbox_open', sqlite_where=sa.text("state <> 'done'"), postgresql_where=sa.text("state <> 'done'"))

    op.drop_table('inbox')
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_drafts_person_id_room'))

    op.drop_table('drafts')
    op.drop_table('cursors')
    op.drop_table('code_tries')
    op.drop_table('channel_alerts')
    op.drop_table('case_counts')
    op.drop_table('calendar_links')
    op.drop_table('briefs')
    with op.batch_alter_table('audits', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audits_subject'))
        batch_op.drop_index(batch_op.f('ix_audits_at'))

    op.drop_table('audits')
