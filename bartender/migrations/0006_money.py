import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bartender', '0005_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SharedScreen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True)),
                ('opened_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('active_at', models.DateTimeField(blank=True, help_text='When that person last touched it.', null=True)),
                ('acting', models.ForeignKey(blank=True, help_text='Whose PIN was the last one. Empty: the screen is locked.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('open_shared_screen', 'May open the bar display as a shared screen')],
                'constraints': [
                    models.CheckConstraint(
                        condition=models.Q(('acting', None), ('active_at__isnull', False), _connector='OR'),
                        name='who_acts_touched_the_screen',
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name='StaffPin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=128)),
                ('set_at', models.DateTimeField()),
                ('wrong_in_a_row', models.PositiveSmallIntegerField(default=0, help_text='Tries since the last right one. Too many, and a new PIN has to be set.')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='staff_pin', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'PIN',
            },
        ),
        migrations.AddField(
            model_name='venue',
            name='screen_lock_seconds',
            field=models.PositiveSmallIntegerField(db_default=60, default=60, help_text='A shared bar display that nobody touches for so long locks: acting needs a PIN again.', validators=[django.core.validators.MinValueValidator(5)]),
        ),
        migrations.AddIndex(
            model_name='ticketmove',
            index=models.Index(fields=['moved_by', 'moved_at'], name='ticket_moves_of_a_person'),
        ),
    ]
