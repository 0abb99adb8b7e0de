"""All tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = '20261123_initial'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agent_states',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_states'))
    )
    op.create_index('ix_agent_states_tenant_agent_started_at', 'agent_states', ['tenant', 'agent', 'started_at'], unique=False)
    op.create_table('alarms',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('alarm', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alarms'))
    )
    op.create_index('ix_alarms_tenant_alarm', 'alarms', ['tenant', 'alarm'], unique=False)
    op.create_table('contacts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('company', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('is_vip', sa.Boolean(), nullable=False),
    sa.Column('wilaya', sa.String(), nullable=False),
    sa.Column('notes', sa.String(), nullable=False),
    sa.Column('search', sa.String(), nullable=False),
    sa.Column('sort_name', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts'))
    )
    op.create_index('ix_contacts_tenant_sort_name_id', 'contacts', ['tenant', 'sort_name', 'id'], unique=False)
    op.create_table('conversations',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('from_number', sa.String(), nullable=False),
    sa.Column('from_raw', sa.String(), nullable=False),
    sa.Column('from_name', sa.String(), nullable=False),
    sa.Column('to_number', sa.String(), nullable=False),
    sa.Column('trunk', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('waited_for', sa.Double(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversations'))
    )
    op.create_index('ix_conversations_tenant_queue_started_at', 'conversations', ['tenant', 'queue', 'started_at'], unique=False)
    op.create_index('ix_conversations_tenant_started_at_id', 'conversations', ['tenant', 'started_at', 'id'], unique=False)
    op.create_table('cursors',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_cursors'))
    )
    op.create_table('dispositions',
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'agent', name=op.f('pk_dispositions'))
    )
    op.create_table('events',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('data', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_events')),
    sa.UniqueConstraint('id', name=op.f('uq_events_id'))
    )
    op.create_index('ix_events_conversation', 'events', ['conversation'], unique=False)
    op.create_table('extensions',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extensions')),
    sa.UniqueConstraint('tenant', 'number', name=op.f('uq_extensions_tenant_number'))
    )
    op.create_table('legs',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('endpoint', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('extension', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('status', sa.BigInteger(), nullable=False),
    sa.Column('q850', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legs'))
    )
    op.create_index(op.f('ix_legs_conversation'), 'legs', ['conversation'], unique=False)
    op.create_index('ix_legs_tenant_agent_started_at', 'legs', ['tenant', 'agent', 'started_at'], unique=False)
    op.create_table('notes',
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'agent', name=op.f('pk_notes'))
    )
    op.create_table('recordings',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('leg', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('duration_for', sa.Double(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recordings'))
    )
    op.create_index(op.f('ix_recordings_conversation'), 'recordings', ['conversation'], unique=False)
    op.create_table('ring_attempts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('reserved_at', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('card', sa.String(), nullable=False),
    sa.Column('result', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ring_attempts'))
    )
    op.create_index(op.f('ix_ring_attempts_conversation'), 'ring_attempts', ['conversation'], unique=False)
    op.create_table('segments',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('leg', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_segments'))
    )
    op.create_index(op.f('ix_segments_conversation'), 'segments', ['conversation'], unique=False)
    op.create_table('settings',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_settings'))
    )
    op.create_table('users',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('login', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('tenant', 'login', name=op.f('uq_users_tenant_login'))
    )
    op.create_table('agents',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('extension_id', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['extension_id'], ['extensions.id'], name=op.f('fk_agents_extension_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_agents_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agents')),
    sa.UniqueConstraint('extension_id', name=op.f('uq_agents_extension_id')),
    sa.UniqueConstraint('user_id', name=op.f('uq_agents_user_id'))
    )
    op.create_table('contact_links',
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('contact_id', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('linked_by', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_contact_links_contact_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation', name=op.f('pk_contact_links'))
    )
    op.create_index('ix_contact_links_contact_id_started_at', 'contact_links', ['contact_id', 'started_at'], unique=False)
    op.create_table('contact_numbers',
    sa.Column('contact_id', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('raw', sa.String(), nullable=False),
    sa.Column('e164', sa.String(), nullable=False),
    sa.Column('national', sa.String(), nullable=False),
    sa.Column('last8', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_contact_numbers_contact_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contact_id', 'position', name=op.f('pk_contact_numbers'))
    )
    op.create_index('ix_contact_numbers_tenant_last8', 'contact_numbers', ['tenant', 'last8'], unique=False)
    op.create_table('devices',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('extension_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('username', sa.String(), nullable=False),
    sa.Column('ha1_md5', sa.String(), nullable=False),
    sa.Column('ha1_sha256', sa.String(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['extension_id'], ['extensions.id'], name=op.f('fk_devices_extension_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('tenant', 'username', name=op.f('uq_devices_tenant_username'))
    )
    op.create_index('ix_devices_extension_id_kind', 'devices', ['extension_id', 'kind'], unique=False)
    op.create_table('sessions',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sessions_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sessions'))
    )
    op.create_index(op.f('ix_sessions_user_id'), 'sessions', ['user_id'], unique=False)
    op.create_table('memberships',
    sa.Column('agent_id', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('penalty', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_memberships_agent_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agent_id', 'queue', name=op.f('pk_memberships'))
    )


def downgrade() -> None:
    raise NotImplementedError("Migrations only go forwards; restore a backup instead.")
